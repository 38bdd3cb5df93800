"""Where spend goes and what it brings: agents, batches, caches, context, tiers, useful output."""
