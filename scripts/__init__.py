"""Commands of the operator and the developer: compile, deploy, demo, bench."""
