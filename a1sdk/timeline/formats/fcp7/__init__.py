"""FCP 7 XML, as Premiere, Resolve and Hiero write it."""
