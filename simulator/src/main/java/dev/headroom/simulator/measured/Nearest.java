package dev.headroom.simulator.measured;

import java.util.Optional;

/** The known word that a mistyped one most likely meant. */
record Nearest(String word) {
    /** The nearest word by edit distance, if any is near; ties go to the alphabetically first. */
    static Optional<Nearest> to(String typed, Iterable<String> known) {
        String best = "";
        int bestDistance = Math.max(2, typed.length() / 2) + 1;
        for (String candidate : known) {
            if (Math.abs(candidate.length() - typed.length()) > bestDistance) {
                continue;
            }
            int distance = distance(typed, candidate);
            if (distance < bestDistance || (distance == bestDistance && candidate.compareTo(best) < 0)) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(new Nearest(best));
    }

    /** {@code ; maybe 'rank'?}. */
    String hint() {
        return "; maybe '%s'?".formatted(word);
    }

    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
