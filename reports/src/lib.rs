//! A record in; HTML, Markdown, CSV and JUnit text out.
