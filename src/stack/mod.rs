//! The real stack: the bundled service as processes of its own behind `HAProxy`,
//! with sessions in Redis and bookings in `PostgreSQL`.
