package dev.headroom.model.program;

import java.util.List;

/**
 * A stretch of a program that does the same again and again.
 *
 * @param repeated what is done
 * @param starts index of the first event of each lap, and of the one after the last lap
 */
record Laps(Repeated repeated, List<Integer> starts) {
    int count() {
        return starts.size() - 1;
    }

    /** Index of the first event of a lap, counted from 0; for the number of laps, of the event after them. */
    int start(int lap) {
        return starts.get(lap);
    }
}
