"""mentor-agent: keeps an online mentor's deadlines, and asks before anything that is not routine."""

__version__ = "0.1.0"
