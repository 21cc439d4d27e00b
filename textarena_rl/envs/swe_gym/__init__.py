"""SWE-Gym: bugs to fix in a sandbox, from packages that come along to official rows in containers."""
