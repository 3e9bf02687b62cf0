"""The groups of the `yuanliu` command, one file each."""
