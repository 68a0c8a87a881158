"""The program without its window for minutes or hours, with faults on a schedule.

Every frame is counted; a verdict comes at the end.
"""
