"""One trainer for every stage: teacher, student and vocoder."""
