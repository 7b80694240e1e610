"""What an interrupted run resumes from: the plan, the journal of finished work, and the state of the output folder."""
