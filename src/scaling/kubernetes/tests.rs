//! Against a cluster that answers as it is told.
