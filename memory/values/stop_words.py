"""Words that say nothing about the subject of a text, for search and for hints."""

_STOP_WORDS = """
a about after again all also an and any are as at be because been before being both but by can could did do does done
each ever every for from get got had happen happened happens has have how i if in into is it its just last made many me
more most much my not now of on only or other our out over same should since so some such than that the their them then
there these they thing things this those through to too up us use used very was we went were what when where which while
who why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
