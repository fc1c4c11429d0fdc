package dev.headroom.simulator.chart;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a number lies along an axis.
 *
 * @param low the number at {@code from}
 * @param high the number at {@code to}
 * @param from pixel of the lowest number
 * @param to pixel of the highest number
 * @param logarithmic whether equal ratios take equal lengths
 */
record Scale(double low, double high, double from, double to, boolean logarithmic) {
    static Scale linear(double low, double high, double from, double to) {
        return new Scale(low, high, from, to, false);
    }

    static Scale logarithmic(double low, double high, double from, double to) {
        return new Scale(low, high, from, to, true);
    }

    /** Where a number of bytes lies; a pixel is coarser than a double. */
    double at(long number) {
        return at((double) number);
    }

    double at(double number) {
        if (high <= low) {
            return (from + to) / 2;
        }
        double share = logarithmic ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
        return from + share * (to - from);
    }

    /** Round numbers within this scale, about {@code count} of them. */
    List<Double> ticks(int count) {
        List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            double factor = 2;
            while (Math.log(high / low) / Math.log(factor) > count) {
                factor *= 2;
            }
            double first = Math.pow(2, Math.ceil(Math.log(low) / Math.log(2) - 1e-9));
            for (double tick = first; tick <= high * (1 + 1e-9); tick *= factor) {
                ticks.add(tick);
            }
            return ticks;
        }
        double step = step((high - low) / Math.max(1, count));
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** The least of 1, 2, 2.5 and 5 times a power of ten that is not below {@code least}. */
    static double step(double least) {
        if (!(least > 0)) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (double factor : new double[] {1, 2, 2.5, 5}) {
            if (factor * power >= least * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
