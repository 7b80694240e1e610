"""Batch jobs: write a paramnet command as a job script for SLURM, PBS or Flux, and submit it."""

from paramnet.batch.config import BatchConfig
from paramnet.batch.directives import directives_of
from paramnet.batch.render import Job, log_folder, render_job
from paramnet.batch.submit import submission, submit_job

__all__ = ["BatchConfig", "Job", "directives_of", "log_folder", "render_job", "submission", "submit_job"]
