"""What officers ask most often, against a ledger of as many lots as one likes, made up in bulk."""
