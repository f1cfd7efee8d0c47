"""The archive: durable memory of one home, evidence for strangers and secrets for nobody else."""
