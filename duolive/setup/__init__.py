"""What a database needs before the processes start: the schedule, the account, the demo."""
