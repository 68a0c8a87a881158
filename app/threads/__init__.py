"""What runs beside: newest-wins mailboxes, sinks, one-off tasks, and how threads end."""
