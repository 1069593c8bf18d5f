"""The lessons: content, pages, questions, progress."""
