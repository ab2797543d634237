"""Go escapes <, > and & in JSON; é and ✓ it leaves alone."""
PASSWORD = "__edxaws_mysql_password__"
LIST = [{'a': 1}]	# a tab
