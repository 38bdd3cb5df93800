"""What a commit, pull request or prompt version did in production."""
