"""The verbs that operate an installation: demo, serve, worker, plan, why, import, backup."""
