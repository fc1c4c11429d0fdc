package dev.headroom.simulator.config;

import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.List;

/** Writes the published documents about job files from {@link JobKey}. */
final class JobKeyDocuments {
    private static final int COMMENT_WIDTH = 100;

    private JobKeyDocuments() {}

    /** A job file with every key at its default, with its meaning and what it may be. */
    static String referenceYaml() {
        StringBuilder yaml = new StringBuilder();
        yaml.append("# Every key of a job file, with its default. Leave out what you do not need to change.\n");
        yaml.append("# Run it with: headroom estimate docs/reference/job.reference.yaml\n");
        yaml.append("# An option given on the command line wins over the file. JSON works as well as YAML.\n");
        String group = "";
        for (JobKey key : JobKey.values()) {
            if (!key.group().equals(group)) {
                group = key.group();
                yaml.append(group.isEmpty() ? "" : "\n" + group + ":\n");
            }
            String indent = group.isEmpty() ? "" : "  ";
            yaml.append(group.isEmpty() ? "\n" : "");
            for (String line : comment(key)) {
                yaml.append(indent).append("# ").append(line).append('\n');
            }
            // A key that means nothing to the default method may not be set beside it.
            boolean foreign = group.equals("method")
                    && !JobReader.applies(JobKey.METHOD.standard().orElseThrow(), key.word());
            yaml.append(indent)
                    .append(foreign ? "# " : "")
                    .append(key.word())
                    .append(": ")
                    .append(key.standard().orElseGet(() -> example(key)))
                    .append('\n');
        }
        yaml.append(
                "\n# Card to fit, an id of 'headroom gpus'. Without it there is no verdict. Option: --gpu. Default: none\n");
        yaml.append("# gpu: a100-80gb\n");
        yaml.append("\n# Memory of the card to leave free: bytes, or a number with kB, MB, GB, KiB, MiB or GiB.\n");
        yaml.append("# Option: --reserve. Default: 0\n");
        yaml.append("reserve: 0\n");
        return yaml.toString();
    }

    private static String example(JobKey key) {
        return switch (key) {
            case MODEL -> "tinyllama-1.1b";
            case SEQUENCE_LENGTH -> "2048";
            default -> throw new IllegalArgumentException("key (%s) has no example".formatted(key));
        };
    }

    private static List<String> comment(JobKey key) {
        String text = "%s %s Option: %s. %s"
                .formatted(
                        key.comment(),
                        allowed(key),
                        key.option(),
                        key.standard().map(value -> "Default: " + value).orElse("Required."));
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.replace("  ", " ").split(" ", -1)) {
            if (line.length() + word.length() >= COMMENT_WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String allowed(JobKey key) {
        String words = String.join(", ", key.words());
        if (!key.words().isEmpty() && key.words().stream().allMatch(key.comment()::contains)) {
            return "";
        }
        return switch (key.type()) {
            case TEXT -> "";
            case WORD -> "One of: " + words + ".";
            case OPTIONAL_WORD -> "One of: none, " + words + ".";
            case DTYPE -> "One of: " + words + ", or their short names.";
            case OPTIONAL_DTYPE -> "One of: none, " + words + ", or their short names.";
            case TARGETS -> "One, or a list, of: " + words + ".";
            case OPTIONAL_WORDS -> "None, or one or a list of: " + words + ".";
            case OPTIONAL_RANKS ->
                "None, or ranks as in {down_proj: 4, layers.1.self_attn.q_proj: 64} or down_proj=4,q_proj=64.";
            case WHOLE -> "Whole number from 1 to " + key.maximum() + ".";
            case OPTIONAL_WHOLE -> "Whole number from 1 to " + key.maximum() + ", or none.";
            case PROBABILITY -> "Number of at least 0 and below 1.";
            case OPTIONAL_NUMBER -> "Number above 0, or none.";
            case OPTIONAL_SHARE -> "Number above 0 and below 1, or none.";
            case FLAG -> "true or false.";
            case STACK -> "newest, or versions as in {torch: 2.11, transformers: 5.17, peft: 0.21}.";
        };
    }

    /** A JSON Schema (2020-12) of job files. */
    static String schema() {
        StringBuilder json = new StringBuilder();
        json.append("{\n");
        json.append("  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
        json.append("  \"title\": \"Headroom job file\",\n");
        json.append(
                "  \"description\": \"A fine-tuning job. Keys left out take their defaults, or the command line's options;"
                        + " model and sequenceLength have none.\",\n");
        json.append("  \"type\": \"object\",\n");
        json.append("  \"additionalProperties\": false,\n");
        json.append("  \"properties\": {\n");
        String group = "";
        for (JobKey key : JobKey.values()) {
            if (!key.group().equals(group)) {
                json.append(group.isEmpty() ? "" : closed(json) + "        }\n      }]\n    },\n");
                group = key.group();
                if (!group.isEmpty()) {
                    json.append("    \"%s\": {\n      \"anyOf\": [%s, {\n".formatted(group, shortForm(key)));
                    json.append("        \"type\": \"object\",\n        \"additionalProperties\": false,\n");
                    json.append("        \"properties\": {\n");
                }
            }
            String indent = group.isEmpty() ? "    " : "          ";
            json.append(indent).append("\"%s\": {%s},\n".formatted(key.word(), property(key)));
        }
        json.append(
                "    \"gpu\": {\"description\": \"Card to fit, an id of 'headroom gpus'.\", \"type\": [\"string\", \"null\"]},\n");
        json.append("    \"reserve\": {\"description\": \"Memory of the card to leave free, in bytes or as in 2GiB.\","
                + " \"type\": [\"integer\", \"string\"], \"minimum\": 0, \"default\": 0}\n");
        json.append("  }\n}\n");
        return json.toString();
    }

    /** Takes the comma off the last property of a group. */
    private static String closed(StringBuilder json) {
        json.setLength(json.length() - 2);
        return "\n";
    }

    private static String shortForm(JobKey first) {
        String none = first.type() == JobKey.Type.OPTIONAL_WORD ? "{\"type\": \"null\"}, " : "";
        return none + "{" + property(first) + "}";
    }

    private static String property(JobKey key) {
        String standard = key.standard()
                .map(value -> ", \"default\": " + (isText(key, value) ? "\"" + value + "\"" : value))
                .orElse("");
        return "\"description\": \"%s\", %s%s".formatted(key.comment(), type(key), standard);
    }

    private static boolean isText(JobKey key, String value) {
        return switch (key.type()) {
            case WHOLE, PROBABILITY, FLAG -> false;
            case OPTIONAL_WHOLE, OPTIONAL_NUMBER, OPTIONAL_SHARE -> value.equals(JobKey.NONE);
            default -> true;
        };
    }

    private static String type(JobKey key) {
        String words = quoted(key.words());
        String types = quoted(withShortNames(key.words()));
        String whole = "\"type\": \"integer\", \"minimum\": 1, \"maximum\": " + key.maximum();
        String none = "{\"enum\": [null, \"none\"]}";
        return switch (key.type()) {
            case TEXT -> "\"type\": \"string\"";
            case WORD -> "\"enum\": [" + words + "]";
            case OPTIONAL_WORD -> "\"enum\": [null, \"none\", " + words + "]";
            case DTYPE -> "\"enum\": [" + types + "]";
            case OPTIONAL_DTYPE -> "\"enum\": [null, \"none\", " + types + "]";
            case TARGETS ->
                "\"anyOf\": [{\"type\": \"string\", \"examples\": [" + words
                        + "]}, {\"type\": \"array\", \"minItems\": 1, \"items\": {\"enum\": [" + words + "]}}]";
            case OPTIONAL_WORDS ->
                "\"anyOf\": [" + none + ", {\"type\": \"string\", \"examples\": [" + words
                        + "]}, {\"type\": \"array\", \"minItems\": 1, \"items\": {\"enum\": [" + words + "]}}]";
            case OPTIONAL_RANKS ->
                "\"anyOf\": [" + none + ", {\"type\": \"string\"}, {\"type\": \"object\","
                        + " \"additionalProperties\": {" + whole + "}}]";
            case WHOLE -> whole;
            case OPTIONAL_WHOLE -> "\"anyOf\": [" + none + ", {" + whole + "}]";
            case PROBABILITY -> "\"type\": \"number\", \"minimum\": 0, \"exclusiveMaximum\": 1";
            case OPTIONAL_NUMBER -> "\"anyOf\": [" + none + ", {\"type\": \"number\", \"exclusiveMinimum\": 0}]";
            case OPTIONAL_SHARE ->
                "\"anyOf\": [" + none + ", {\"type\": \"number\", \"exclusiveMinimum\": 0, \"exclusiveMaximum\": 1}]";
            case FLAG -> "\"type\": \"boolean\"";
            case STACK -> "\"type\": [\"string\", \"object\"]";
        };
    }

    private static List<String> withShortNames(List<String> types) {
        List<String> names = new ArrayList<>(types);
        for (String type : types) {
            DType.parse(type).ifPresent(known -> names.add(known.shortName()));
        }
        return names;
    }

    private static String quoted(List<String> words) {
        return words.isEmpty() ? "" : "\"" + String.join("\", \"", words) + "\"";
    }
}
