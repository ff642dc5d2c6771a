"""A small machine-learning project: seeded data, parameters, and a model that training gives byte for byte."""

GENERATE = '''
"""Write the data of student performance: ROWS rows, from a seed."""
import csv, random, sys

path, rows, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
with open(path, "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["StudentID", "Age", "Gender", "StudyTimeWeekly", "Absences", "ParentalSupport",
                  "Extracurricular", "Sports", "Music", "Volunteering", "GPA", "GradeClass"])
    for number in range(1001, 1001 + rows):
        study, absences, support = random.uniform(0, 20), random.randrange(30), random.randrange(5)
        activities = [random.randrange(2) for _ in range(4)]
        gpa = max(0.0, min(4.0, 2.2 + 0.06 * study - 0.09 * absences + 0.12 * support + random.gauss(0, 0.15)))
        grade = 0 if gpa >= 3.5 else 1 if gpa >= 3 else 2 if gpa >= 2.5 else 3 if gpa >= 2 else 4
        out.writerow([number, random.randrange(15, 19), random.randrange(2), f"{study:.4f}", absences, support,
                      *activities, f"{gpa:.4f}", grade])
'''

TRAIN = '''
"""Train a softmax classifier of the grade class from data/ and config/, write models/."""
import csv, json
import numpy as np

parameters = json.load(open("config/training.json"))
rows = [[float(cell) for cell in row] for row in list(csv.reader(open("data/students.csv")))[1:]]
table = np.array(rows)
features, grades = table[:, 1:10], table[:, 11].astype(int)
mean, spread = features.mean(axis=0), features.std(axis=0)
inputs = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
weights = np.zeros((inputs.shape[1], 5))
wanted = np.eye(5)[grades]
for _ in range(parameters["rounds"]):
    scores = inputs @ weights
    scores -= scores.max(axis=1, keepdims=True)
    likely = np.exp(scores)
    likely /= likely.sum(axis=1, keepdims=True)
    weights += parameters["learning_rate"] * inputs.T @ (wanted - likely) / len(inputs)
np.save("models/grades.npy", weights)
accuracy = float((likely.argmax(axis=1) == grades).mean())
json.dump({"accuracy": round(accuracy, 6), "rows": len(rows)}, open("models/metrics.json", "w"))
'''
