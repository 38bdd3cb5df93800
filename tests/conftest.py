"""For every test: properties are checked without a clock, as a busy machine takes its time over any example."""

from hypothesis import HealthCheck, settings

settings.register_profile("without a clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without a clock")
