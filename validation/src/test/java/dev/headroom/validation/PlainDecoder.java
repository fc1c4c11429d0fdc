package dev.headroom.validation;

import dev.headroom.model.architecture.Architecture;
import java.util.Map;
import java.util.Objects;

/**
 * A Llama-style decoder with LoRA in plain double-precision loops, straight from the formulas: what ND4J's losses and
 * gradients are held against. One sequence, no biases.
 */
final class PlainDecoder {
    private static final double EPSILON = 1e-5;
    private static final double BASE = 10_000;
    private static final double LORA_ALPHA = 16;

    private final Architecture model;
    private final Map<String, double[][]> weights;
    private final int[] tokens;
    private final int[] labels;

    /**
     * @param weights matrices by the path of their module, [inputs][outputs]; vectors as one row
     */
    PlainDecoder(Architecture model, Map<String, double[][]> weights, int[] tokens, int[] labels) {
        this.model = model;
        this.weights = weights;
        this.tokens = tokens;
        this.labels = labels;
    }

    /** The sum of the cross entropies of all tokens. */
    double loss() {
        double[][] x = new double[tokens.length][];
        double[][] table = weight("model.embed_tokens");
        for (int t = 0; t < tokens.length; t++) {
            x[t] = table[tokens[t]].clone();
        }
        for (int i = 0; i < model.layers(); i++) {
            String path = "model.layers." + i;
            x = sum(x, attention(path + ".self_attn", norm(path + ".input_layernorm", x)));
            x = sum(x, mlp(path + ".mlp", norm(path + ".post_attention_layernorm", x)));
        }
        double[][] logits = linear("lm_head", norm("model.norm", x));
        double loss = 0;
        for (int t = 0; t < tokens.length; t++) {
            loss -= Math.log(softmax(logits[t])[labels[t]]);
        }
        return loss;
    }

    private double[][] weight(String path) {
        return Objects.requireNonNull(weights.get(path), path);
    }

    private double[][] norm(String path, double[][] x) {
        double[] scale = weight(path)[0];
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double square = 0;
            for (double value : x[t]) {
                square += value * value;
            }
            double root = Math.sqrt(square / x[t].length + EPSILON);
            y[t] = new double[x[t].length];
            for (int i = 0; i < x[t].length; i++) {
                y[t][i] = x[t][i] / root * scale[i];
            }
        }
        return y;
    }

    private double[][] linear(String path, double[][] x) {
        double[][] y = product(x, weight(path));
        if (weights.containsKey(path + ".lora_A")) {
            double[][] down = weight(path + ".lora_A");
            double[][] update = product(product(x, down), weight(path + ".lora_B"));
            double scale = LORA_ALPHA / down[0].length;
            for (int t = 0; t < y.length; t++) {
                for (int i = 0; i < y[t].length; i++) {
                    y[t][i] += scale * update[t][i];
                }
            }
        }
        return y;
    }

    private double[][] attention(String path, double[][] x) {
        int size = (int) model.attention().dimension();
        int heads = (int) model.attention().query();
        int group = (int) model.attention().groupSize();
        double[][] queries = linear(path + ".q_proj", x);
        double[][] keys = linear(path + ".k_proj", x);
        double[][] values = linear(path + ".v_proj", x);
        double[][] mixed = new double[x.length][heads * size];
        for (int head = 0; head < heads; head++) {
            int shared = head / group;
            for (int t = 0; t < x.length; t++) {
                double[] query = rotated(queries[t], head, size, t);
                double[] scores = new double[t + 1];
                for (int u = 0; u <= t; u++) {
                    double[] key = rotated(keys[u], shared, size, u);
                    for (int i = 0; i < size; i++) {
                        scores[u] += query[i] * key[i] / Math.sqrt(size);
                    }
                }
                double[] shares = softmax(scores);
                for (int u = 0; u <= t; u++) {
                    for (int i = 0; i < size; i++) {
                        mixed[t][head * size + i] += shares[u] * values[u][shared * size + i];
                    }
                }
            }
        }
        return linear(path + ".o_proj", mixed);
    }

    private static double[] rotated(double[] row, int head, int size, int position) {
        double[] turned = new double[size];
        int half = size / 2;
        for (int i = 0; i < half; i++) {
            double angle = position * Math.pow(BASE, -2.0 * i / size);
            double first = row[head * size + i];
            double second = row[head * size + half + i];
            turned[i] = first * Math.cos(angle) - second * Math.sin(angle);
            turned[half + i] = second * Math.cos(angle) + first * Math.sin(angle);
        }
        return turned;
    }

    private double[][] mlp(String path, double[][] x) {
        double[][] gate = linear(path + ".gate_proj", x);
        double[][] up = linear(path + ".up_proj", x);
        for (int t = 0; t < gate.length; t++) {
            for (int i = 0; i < gate[t].length; i++) {
                up[t][i] *= gate[t][i] / (1 + Math.exp(-gate[t][i]));
            }
        }
        return linear(path + ".down_proj", up);
    }

    private static double[] softmax(double[] scores) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            largest = Math.max(largest, score);
        }
        double[] shares = new double[scores.length];
        double total = 0;
        for (int i = 0; i < scores.length; i++) {
            shares[i] = Math.exp(scores[i] - largest);
            total += shares[i];
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= total;
        }
        return shares;
    }

    private static double[][] product(double[][] x, double[][] w) {
        double[][] y = new double[x.length][w[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int k = 0; k < w.length; k++) {
                for (int i = 0; i < w[k].length; i++) {
                    y[t][i] += x[t][k] * w[k][i];
                }
            }
        }
        return y;
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] y = new double[a.length][a[0].length];
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < a[t].length; i++) {
                y[t][i] = a[t][i] + b[t][i];
            }
        }
        return y;
    }
}
