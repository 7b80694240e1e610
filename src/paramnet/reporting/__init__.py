"""Style of figures and frame of HTML pages, shared by all reports."""
