"""Reasons in English, by code. Decisions keep codes and figures, so sentences may be improved."""

SENTENCES = {
    "act_not_concerned": "The rule doesn't concern this act: {act}.",
    "before_its_time": "The rule is in force from {since} on.",
    "after_its_time": "The rule was in force until {until} (that day excluded).",
    "condition_unmet": "The rule applies only where {fact} is true.",
    "fact_missing": "{fact} is not known.",
    "ends_before_it_begins": "{end_fact}, {end}, is before {start_fact}, {start}.",
    "within_months": "{days} days from {start} to {end}: within {months} months, until {limit}.",
    "beyond_months": "{days} days from {start} to {end}: beyond {months} months, until {limit}.",
    "within_days": "{days} days from {start} to {end}: within {limit}.",
    "beyond_days": "{days} days from {start} to {end}: more than {limit}.",
    "is_so": "{fact} is {value}.",
    "is_not_so": "{fact} is {value}, it has to be {expected}.",
    "at_most": "{fact} is {value}, at most {limit}.",
    "above": "{fact} is {value}, more than {limit}.",
    "structural": "The ledger is built so that nothing else is possible.",
}
