"""The web chat: one page on this machine that shows the assistant's records and events."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when it is imported; nothing leaves the machine
