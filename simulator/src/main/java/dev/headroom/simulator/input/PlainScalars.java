package dev.headroom.simulator.input;

import dev.headroom.simulator.input.InputNode.Scalar.Type;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * What an unquoted YAML value is, by the JSON and core schemas.
 *
 * @see <a href="https://yaml.org/spec/1.2.2/#103-core-schema">YAML 1.2.2, section 10.3</a>
 */
final class PlainScalars {
    private PlainScalars() {}

    static Type typeOf(String text) {
        switch (text) {
            case "", "~", "null", "Null", "NULL" -> {
                return Type.NULL;
            }
            case "true", "True", "TRUE", "false", "False", "FALSE" -> {
                return Type.BOOLEAN;
            }
            case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.Inf", "-.INF" -> {
                return Type.FLOAT;
            }
            default -> {
                return numberType(text);
            }
        }
    }

    /** {@code [-+]? digits}, or {@code [-+]? digits [. digits] [e [-+]? digits]}; without a regular expression. */
    private static Type numberType(String text) {
        int at = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
        int whole = digits(text, at);
        at += whole;
        if (at == text.length()) {
            return whole > 0 ? Type.INTEGER : Type.TEXT;
        }
        int fraction = 0;
        if (text.charAt(at) == '.') {
            fraction = digits(text, at + 1);
            at += 1 + fraction;
        }
        if (whole + fraction == 0) {
            return Type.TEXT;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
                at++;
            }
            int exponent = digits(text, at);
            if (exponent == 0) {
                return Type.TEXT;
            }
            at += exponent;
        }
        return at == text.length() ? Type.FLOAT : Type.TEXT;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - from;
    }

    static @Nullable Object value(String text, Type type) {
        return switch (type) {
            case NULL -> null;
            case BOOLEAN -> text.equalsIgnoreCase("true");
            case INTEGER -> integer(text);
            case FLOAT -> decimal(text);
            case TEXT, UNTYPED -> text;
        };
    }

    private static Object integer(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            return new BigInteger(text);
        }
    }

    /** The value of a number as YAML or JSON writes it; NaN if it is none. */
    static double decimal(String text) {
        return switch (text) {
            case ".inf", ".Inf", ".INF", "+.inf", "Infinity" -> Double.POSITIVE_INFINITY;
            case "-.inf", "-.Inf", "-.INF", "-Infinity" -> Double.NEGATIVE_INFINITY;
            case ".nan", ".NaN", ".NAN", "NaN" -> Double.NaN;
            default -> {
                Type type = text.isEmpty() ? Type.TEXT : numberType(text);
                yield type == Type.INTEGER || type == Type.FLOAT ? Double.parseDouble(text) : Double.NaN;
            }
        };
    }
}
