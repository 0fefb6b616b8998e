"""The interface for programs: HTTP as the OpenAI client speaks it, and MCP, over one index."""
