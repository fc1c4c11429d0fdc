/** The runtime SameDiff of ND4J: how it trains a job, and which arrays live when. */
@NullMarked
package dev.headroom.model.samediff;

import org.jspecify.annotations.NullMarked;
