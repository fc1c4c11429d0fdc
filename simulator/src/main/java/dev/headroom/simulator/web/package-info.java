/**
 * The page and the HTTP API: the same questions and the same JSON as the command line. Reads no files of the machine, keeps
 * no state but caches, and binds to the loopback address unless told otherwise.
 */
@NullMarked
package dev.headroom.simulator.web;

import org.jspecify.annotations.NullMarked;
