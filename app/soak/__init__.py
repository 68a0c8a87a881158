"""The program without its window for minutes or hours, with faults on a schedule, every frame
counted, and a verdict at the end.
"""
