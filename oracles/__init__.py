"""How the world is witnessed: statement lines matched to lots, members' signatures to quorums."""
