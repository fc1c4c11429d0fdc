package dev.headroom.simulator.input;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Guesses the word that was meant by a misspelt one. */
public final class NearestWord {
    private NearestWord() {}

    /**
     * The first candidate that goes on after the word with a hyphen. Otherwise the candidate that takes the fewest
     * insertions, deletions, replacements and swaps of neighbours, if it is near enough to be meant: a third of the
     * letters may differ. Otherwise the first candidate that contains the word, or that starts almost like it.
     */
    public static Optional<String> of(String word, Collection<String> candidates) {
        String wanted = word.toLowerCase(Locale.ROOT);
        if (wanted.isEmpty() || wanted.length() > 100) {
            return Optional.empty();
        }
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        for (String candidate : candidates) {
            // The start of a longer name, such as a100 of a100-40gb, says more than a name that is merely near, such as
            // a10.
            if (bestDistance > 0 && candidate.toLowerCase(Locale.ROOT).startsWith(wanted + "-")) {
                return Optional.of(candidate);
            }
        }
        if (best != null && bestDistance <= Math.max(1, Math.max(wanted.length(), best.length()) / 3)) {
            return Optional.of(best);
        }
        if (wanted.length() < 3) {
            return Optional.empty();
        }
        return candidates.stream()
                .filter(candidate -> candidate.toLowerCase(Locale.ROOT).contains(wanted))
                .findFirst()
                .or(() -> candidates.stream()
                        .filter(candidate -> startsAlmostLike(candidate.toLowerCase(Locale.ROOT), wanted))
                        .findFirst());
    }

    /** Whether one change turns the word into the candidate up to one of its hyphens. */
    private static boolean startsAlmostLike(String candidate, String wanted) {
        return IntStream.range(0, candidate.length())
                .filter(i -> candidate.charAt(i) == '-' && Math.abs(i - wanted.length()) <= 1)
                .anyMatch(i -> distance(wanted, candidate.substring(0, i)) <= 1);
    }

    /** {@code Maybe 'rank'?}, or nothing if no candidate is near. */
    public static String hint(String word, Collection<String> candidates) {
        return of(word, candidates).map(near -> "Maybe '" + near + "'?").orElse("");
    }

    private static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                table[i][j] = i == 0 ? j : j == 0 ? i : nearest(table, a, b, i, j);
            }
        }
        return table[a.length()][b.length()];
    }

    private static int nearest(int[][] table, String a, String b, int i, int j) {
        int replaced = table[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replaced, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, 1 + table[i - 2][j - 2]) : least;
    }
}
