package dev.strait.bench;

/**
 * What is to be done.
 *
 * @param label for logs and messages
 * @param kind what the two sides do
 * @param bytes of a message
 * @param batch messages to a commit
 * @param spins whether both sides look all the time; else they sleep
 */
record Work(String label, Kind kind, int bytes, int batch, boolean spins) {}
