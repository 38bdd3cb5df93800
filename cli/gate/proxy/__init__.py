"""A local proxy that records what an agent asks of its model providers, for agents that cannot be instrumented."""
