"""The far ends, played: a house, a resident, a telephone company, a link that fails."""
