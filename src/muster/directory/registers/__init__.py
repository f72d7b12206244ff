"""What a store keeps of each management concept: plain records, and a port for each register."""
