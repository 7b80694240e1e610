"""Batch jobs: write a paramnet command as a job script for SLURM, PBS or Flux, and submit it."""

from paramnet.execution.batch.config import BatchConfig
from paramnet.execution.batch.directives import directives_of
from paramnet.execution.batch.render import Job, log_folder, render_job
from paramnet.execution.batch.submit import submission, submit_job

__all__ = ["BatchConfig", "Job", "directives_of", "log_folder", "render_job", "submission", "submit_job"]
