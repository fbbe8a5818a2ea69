"""Measures of drafts that lawyers ask for: pure functions from texts to numbers.

Each file has one measure, and says in its docstring what it cannot see. None knows where a draft
came from; a ``Share`` is what a case gets, and is added up over cases by ``evaluation.marks``.
"""
