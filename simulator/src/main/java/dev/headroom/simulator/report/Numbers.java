package dev.headroom.simulator.report;

/** Numbers as text, alike in every place and locale. */
public final class Numbers {
    private Numbers() {}

    /** {@code 50,462,720}. */
    public static String grouped(long number) {
        String digits = Long.toString(number);
        StringBuilder text = new StringBuilder(digits);
        int first = digits.startsWith("-") ? 1 : 0;
        for (int at = digits.length() - 3; at > first; at -= 3) {
            text.insert(at, ',');
        }
        return text.toString();
    }

    /** {@code 4.39 %} of a share; one decimal from 10 % on. */
    public static String percent(double ratio) {
        double percent = ratio * 100;
        return decimals(percent, Math.abs(percent) < 9.995 ? 2 : 1) + " %";
    }

    /** A share in whole percent, {@code 48 %}. */
    static String wholePercent(double ratio) {
        return decimals(ratio * 100, 0) + " %";
    }

    /** A number with so many decimals, rounded half up. */
    static String decimals(double number, int decimals) {
        long scale = 1;
        for (int i = 0; i < decimals; i++) {
            scale *= 10;
        }
        long rounded = Math.round(Math.abs(number) * scale);
        String sign = number < 0 && rounded > 0 ? "-" : "";
        if (decimals == 0) {
            return sign + rounded;
        }
        String fraction = Long.toString(scale + rounded % scale).substring(1);
        return sign + rounded / scale + "." + fraction;
    }

    /** Bytes in the largest decimal unit that leaves a whole number: {@code 5.81 MB}, for amounts of any size. */
    static String decimalBytes(double bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
        double number = bytes;
        int unit = 0;
        while (Math.abs(number) >= 999.5 && unit < units.length - 1) {
            number /= 1000;
            unit++;
        }
        int decimals = unit == 0 || Math.abs(number) >= 99.95 ? 0 : Math.abs(number) >= 9.995 ? 1 : 2;
        return decimals(number, decimals) + " " + units[unit];
    }
}
