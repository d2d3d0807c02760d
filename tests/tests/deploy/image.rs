//! The image: what the Dockerfile copies exists, and what it and the template start is a command that `lacre` knows.
