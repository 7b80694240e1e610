"""Histories of any model that follow the CF conventions."""
