"""Messages to people: Slack, mail, PagerDuty, Alertmanager and any webhook."""
