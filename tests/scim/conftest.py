"""How Hypothesis runs: no limit on the time of one example, for machines are busy; failures print how to repeat them."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "muster", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("muster")
