"""The peer of `upkeep monitor`: both tables from Parquet, drift of each column, by two of NannyML's measures in its usual ten chunks."""

import sys

import nannyml
import pandas

reference, current = (pandas.read_parquet(file) for file in sys.argv[1:3])
columns = [name for name in reference.columns if name in current.columns]
calculator = nannyml.UnivariateDriftCalculator(column_names=columns, continuous_methods=["kolmogorov_smirnov", "jensen_shannon"])
calculator.fit(reference)
print(calculator.calculate(current).to_df().shape)
