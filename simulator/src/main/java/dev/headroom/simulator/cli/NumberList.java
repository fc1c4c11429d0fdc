package dev.headroom.simulator.cli;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Lists of whole numbers on the command line: {@code a,b,c}, {@code from..to}, {@code from..to..step}, inclusive. */
final class NumberList {
    /** More are a sweep rather than a table. */
    private static final int MOST = 1000;

    private NumberList() {}

    /**
     * Reads a list.
     *
     * @throws InputException if it is none, or has a number that is not positive
     */
    static List<Integer> parse(String option, String text) {
        Set<Integer> numbers = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            List<String> bounds = List.of(part.strip().split("\\.\\.", -1));
            if (bounds.size() > 3) {
                throw wrong(option, part);
            }
            long from = number(option, bounds.get(0), part);
            long to = bounds.size() > 1 ? number(option, bounds.get(1), part) : from;
            long step = bounds.size() > 2 ? number(option, bounds.get(2), part) : 1;
            if (to < from) {
                throw new InputException(
                        Place.of(option), "'%s' is empty: %s is less than %s".formatted(part.strip(), to, from));
            }
            if ((to - from) / step + numbers.size() >= MOST) {
                throw new InputException(
                        Place.of(option),
                        "'%s' has too many numbers; at most %s are compared".formatted(text, MOST),
                        "Maybe with a step, as in 512..4096..512?");
            }
            for (long number = from; number <= to; number += step) {
                numbers.add((int) number);
            }
        }
        return List.copyOf(numbers);
    }

    private static long number(String option, String text, String part) {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 1 && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrong(option, part);
        }
        throw wrong(option, part);
    }

    private static InputException wrong(String option, String part) {
        return new InputException(
                Place.of(option),
                "must be whole numbers from 1 to %s, found '%s'".formatted(Integer.MAX_VALUE, part.strip()),
                "Write a,b,c or from..to or from..to..step.");
    }
}
