"""From the shots of a cut to their media: jobs, what is done already, and running them."""
