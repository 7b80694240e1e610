"""What every report shares: one look for figures, one frame for pages."""
