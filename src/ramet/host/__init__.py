"""The process that keeps sessions for whoever asks: a manager behind doors."""
