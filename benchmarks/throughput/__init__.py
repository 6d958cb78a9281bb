"""How much of a home one hub can hear, what a message costs, and how soon a rule protects."""
