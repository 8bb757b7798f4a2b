"""The demo clinic: invented people and a believable year of visits."""
