package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A condition that the cells of a sweep must meet: two sums of products compared, such as
 * {@code microBatch * sequenceLength <= 16384}, or a word, such as {@code method.name != full}. Keys are written as in job
 * files or as options without their hyphens. Immutable.
 */
public final class Filter {
    private static final List<String> COMPARISONS = List.of("<=", ">=", "==", "!=", "<", ">");

    private final String text;
    private final Place place;
    private final String comparison;
    private final Term left;
    private final Term right;

    private Filter(String text, Place place, String comparison, Term left, Term right) {
        this.text = text;
        this.place = place;
        this.comparison = comparison;
        this.left = left;
        this.right = right;
    }

    /** Part of a condition. The lookup gives the value of a key in a cell. */
    private sealed interface Term {
        double number(Function<String, String> lookup);

        /** Its value as a word. */
        default String word(Function<String, String> lookup) {
            throw new IllegalStateException("a sum is no word");
        }

        void keys(List<String> into);
    }

    private record Constant(double value) implements Term {
        @Override
        public double number(Function<String, String> lookup) {
            return value;
        }

        @Override
        public void keys(List<String> into) {
            // A number has none.
        }
    }

    private record Word(String text) implements Term {
        @Override
        public double number(Function<String, String> lookup) {
            return Double.NaN;
        }

        @Override
        public String word(Function<String, String> lookup) {
            return text;
        }

        @Override
        public void keys(List<String> into) {
            // It is a value.
        }
    }

    private record Key(String path) implements Term {
        @Override
        public double number(Function<String, String> lookup) {
            try {
                return Double.parseDouble(lookup.apply(path));
            } catch (NumberFormatException e) {
                return Double.NaN;
            }
        }

        @Override
        public String word(Function<String, String> lookup) {
            return lookup.apply(path);
        }

        @Override
        public void keys(List<String> into) {
            into.add(path);
        }
    }

    private record Operation(char symbol, Term left, Term right) implements Term {
        @Override
        public double number(Function<String, String> lookup) {
            double a = left.number(lookup);
            double b = right.number(lookup);
            return switch (symbol) {
                case '+' -> a + b;
                case '-' -> a - b;
                case '*' -> a * b;
                default -> a / b;
            };
        }

        @Override
        public void keys(List<String> into) {
            left.keys(into);
            right.keys(into);
        }
    }

    /**
     * Reads a condition.
     *
     * @throws InputException if it is none
     */
    public static Filter parse(String text, Place place) {
        for (String comparison : COMPARISONS) {
            int at = text.indexOf(comparison);
            if (at > 0) {
                Term left = new Parser(text.substring(0, at), text, place).whole();
                Term right = new Parser(text.substring(at + comparison.length()), text, place).whole();
                return new Filter(text.strip(), place, comparison, left, right);
            }
        }
        throw new InputException(
                place,
                "'%s' compares nothing".formatted(text),
                "Write it like 'microBatch * sequenceLength <= 16384' or 'method.name != full'.");
    }

    /** Sums of products of numbers and keys. */
    private static final class Parser {
        private final String part;
        private final String text;
        private final Place place;
        private int at;

        Parser(String part, String text, Place place) {
            this.part = part;
            this.text = text;
            this.place = place;
        }

        Term whole() {
            Term term = sum();
            if (at < part.length()) {
                throw wrong("'%s' is not expected".formatted(part.substring(at).strip()), "");
            }
            return term;
        }

        private Term sum() {
            Term term = product();
            while (next('+') || next('-')) {
                term = new Operation(part.charAt(at++), term, product());
            }
            return term;
        }

        private Term product() {
            Term term = atom();
            while (next('*') || next('/')) {
                term = new Operation(part.charAt(at++), term, atom());
            }
            return term;
        }

        private boolean next(char symbol) {
            skipBlanks();
            return at < part.length() && part.charAt(at) == symbol;
        }

        private void skipBlanks() {
            while (at < part.length() && part.charAt(at) == ' ') {
                at++;
            }
        }

        private Term atom() {
            skipBlanks();
            if (next('(')) {
                at++;
                Term term = sum();
                if (!next(')')) {
                    throw wrong("a ')' is missing", "");
                }
                at++;
                skipBlanks();
                return term;
            }
            int start = at;
            while (at < part.length() && isWordPart(part.charAt(at))) {
                at++;
            }
            String word = part.substring(start, at);
            skipBlanks();
            if (word.isEmpty()) {
                throw wrong("a number or a key is missing", "");
            }
            try {
                return new Constant(Double.parseDouble(word));
            } catch (NumberFormatException e) {
                return named(word);
            }
        }

        private static boolean isWordPart(char c) {
            return Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
        }

        private Term named(String word) {
            if (word.equals(Axis.GPU)) {
                return new Key(word);
            }
            Optional<JobKey> key = Axis.keyNamed(word);
            if (key.isPresent()) {
                return new Key(key.get().path());
            }
            if (isValue(word)) {
                return new Word(word);
            }
            throw wrong("unknown key '%s'".formatted(word), NearestWord.hint(word, Axis.keyNames()));
        }

        /** A word that some key takes, or one that may name a model or card. */
        private static boolean isValue(String word) {
            for (JobKey key : JobKey.values()) {
                if (key.words().contains(word) || word.equals("true") || word.equals("false")) {
                    return true;
                }
            }
            return word.indexOf('-') > 0;
        }

        private InputException wrong(String message, String hint) {
            return new InputException(place, "'%s': %s".formatted(text, message), hint);
        }
    }

    /** Where it was written. */
    Place place() {
        return place;
    }

    /** Paths of the keys in it. */
    List<String> keys() {
        List<String> keys = new ArrayList<>();
        left.keys(keys);
        right.keys(keys);
        return keys;
    }

    /** Whether a cell meets it, whose values {@code lookup} gives by path. */
    boolean accepts(Function<String, String> lookup) {
        double a = left.number(lookup);
        double b = right.number(lookup);
        if (Double.isNaN(a) || Double.isNaN(b)) {
            if (!isWord(left) || !isWord(right)) {
                return false; // A number compared with a key that has none here, such as the rank of full fine-tuning.
            }
            boolean same = left.word(lookup).equals(right.word(lookup));
            return comparison.equals("==") ? same : comparison.equals("!=") && !same;
        }
        return switch (comparison) {
            case "<=" -> a <= b;
            case ">=" -> a >= b;
            case "==" -> a == b;
            case "!=" -> a != b;
            case "<" -> a < b;
            default -> a > b;
        };
    }

    private static boolean isWord(Term term) {
        return term instanceof Word || term instanceof Key;
    }

    @Override
    public String toString() {
        return text;
    }
}
